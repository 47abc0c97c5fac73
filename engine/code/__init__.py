"""Code as data: found in texts, parsed, looked through, and (only where that is switched on) run behind two walls."""
