"""Plan lines: what an investment is expected to cost, and what was decided."""
