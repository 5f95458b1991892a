"""The routes of the API, a module a subject: each makes a router for a served library."""
