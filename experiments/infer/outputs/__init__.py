"""What `infer` leaves behind, a module a kind of file; each writes where it is told to."""
