"""The library over HTTP: an app for the browser and an API for programs, on this machine alone unless told otherwise.

app      everything put together              guard    who may ask, and who may change anything
house    what the routes share                access   the token for other addresses
routes   /api/v1 by subject, and feeds        answers  what the API answers, as types; `bodies` what it takes
pages    the addresses of the app             static   the app: plain modules and styles
server   the socket, and uvicorn on it        job      an update, in a process of its own
"""
