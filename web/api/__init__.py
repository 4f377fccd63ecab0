"""The API: what other programs read of the station, with tokens instead of cookies; an application of its own."""
