-- Sends the same two commands to each document in turn, so that no two requests to one document are ever under way
-- together (their reactions would be put together into one exchange, and the counts would not be comparable).
-- Arguments after `--`: the file with one document id a line, the bearer token.

local requests, next_request = {}, 0

function init(arguments)
    local body = '{"commands":[{"op":"property.set","pointer":"/status","value":"draft"},'
        .. '{"op":"property.set","pointer":"/checkedBy","value":null}]}'
    local headers = {
        ["authorization"] = "Bearer " .. arguments[2],
        ["content-type"] = "application/json",
    }
    for id in io.lines(arguments[1]) do
        local path = "/v1/documents/" .. id .. "/commands?wait=settled"
        requests[#requests + 1] = wrk.format("POST", path, headers, body)
    end
end

function request()
    next_request = next_request % #requests + 1
    return requests[next_request]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"microseconds":%d,"p50":%.1f,"p99":%.1f,"max":%.1f,"bad":%d,"broken":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout
    ))
end
