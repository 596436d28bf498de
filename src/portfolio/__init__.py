"""Program steering of a municipality's investments, by place instead of by department."""
