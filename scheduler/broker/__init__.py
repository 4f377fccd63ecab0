"""The broker of messages between station and villages: who may connect, files for Mosquitto, and the embedded one."""
