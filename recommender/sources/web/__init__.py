"""A web service asked politely: pauses (`gate`), one bounded exchange (`wire`), retries (`ask`), XML (`markup`)."""
