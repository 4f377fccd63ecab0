"""Sound in, sound out: ingest, measurement, rendering, assembly and the carriers."""
