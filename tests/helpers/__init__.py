"""What tests share: encoders, servers, worlds, examples. No test lives here."""
