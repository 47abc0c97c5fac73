"""Tools that a model may ask for, ours and those of others, behind a gateway that no text can talk its way through."""
