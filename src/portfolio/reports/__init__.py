"""What everybody asks for: gate status, boards, portfolios of areas, events. Owns no tables."""
