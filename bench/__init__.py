"""Every number that README.md gives, made again by one command each; they take paths, and the network is never asked."""
