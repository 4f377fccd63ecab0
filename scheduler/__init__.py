"""What airs, when, where, and what did air; knows neither Flask nor any audio library."""
