"""What is done with a library: each verb takes one, fills it or writes from it, and gives a report."""
