"""The web's composition root."""
