"""The library for assistants, over the Model Context Protocol: tools, resources and prompts for programs that converse.

server     everything put together, over standard input and output or beside the API
tools      the eight tools            shelf    resources and prompts
desk       what they share: questions that end in time, failures in one line
answers    what is answered, as types; text of papers is marked as such
untrusted  text of papers made harmless: nothing hidden in it, and no longer than it may be
install    the entry in an assistant's settings
"""
