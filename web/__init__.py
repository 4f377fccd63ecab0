"""What operators see; imports scheduler, never audio."""
