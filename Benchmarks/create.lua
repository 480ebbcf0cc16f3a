-- Makes documents, as many as fit into the time. The argument after `--` is the bearer token.

function init(arguments)
    wrk.method = "POST"
    wrk.path = "/v1/documents"
    wrk.headers["authorization"] = "Bearer " .. arguments[1]
    wrk.headers["content-type"] = "application/json"
    wrk.body = '{"type":"note","title":"One of many"}'
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        'RESULT {"requests":%d,"bad":%d,"broken":%d}\n', summary.requests, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout
    ))
end
