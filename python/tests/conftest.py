"""What several tests need."""

import signal

import pytest


@pytest.fixture
def interruptible():
    """Ctrl-C interrupts, also in a run in the background, whose shell has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
