"""The library over HTTP: an app for the browser and an API for programs, on this machine alone unless told otherwise.

app        everything put together           guard    who may ask, and who may change anything
house      what the routes share             access   the token for other addresses
routes     /api/v1 by subject: ask, sections, profile, searches, status; feeds; the pages of the app
answers    what the API answers, as types    static   the app: plain modules and styles
"""
