-- Asks for the paths in the file $BENCH_PATHS in turn; prints one line of JSON at the end.
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do
  paths[#paths + 1] = line
end

local headers = { ["Accept"] = "application/geo+json, application/json" }
if os.getenv("BENCH_AUTHORIZATION") then
  headers["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
end
if os.getenv("BENCH_ENCODING") then
  headers["Accept-Encoding"] = os.getenv("BENCH_ENCODING")
end

local turn = 0
request = function()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], headers)
end

done = function(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '\nJSON {"requests":%d,"microseconds":%d,"p50":%.1f,"p95":%.1f,"failed":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95),
    failed.connect + failed.read + failed.write + failed.timeout + failed.status))
end
