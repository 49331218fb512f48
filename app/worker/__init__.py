"""The loop and its jobs: what happens without anybody asking."""
