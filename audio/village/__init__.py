"""The player in a village: it holds a signed plan and the files, and plays on its own when the link is down."""
