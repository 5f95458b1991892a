"""Every number that README.md gives, made again by one command each; paths are arguments, no network is needed."""
