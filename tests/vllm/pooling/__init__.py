"""The product against a server that embeds and scores: knowledge bases whose vectors come from there."""
