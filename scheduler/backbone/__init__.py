"""The process between the station's rows and the villages: it takes in what they say and sends what they must know."""
