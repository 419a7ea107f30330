-- Asks Gatehouse whether a request may pass (LuaHookAccessChecker). Yes: sets the identity fields. No: answers what
-- Gatehouse answered, status, fields and body. No answer: 503.

local http = require "socket.http"
local ltn12 = require "ltn12"

local gatehouse = "http://127.0.0.1:8008"
http.TIMEOUT = 15

local identity = {
    "Remote-User", "Remote-Dialect", "Remote-Tenant", "Remote-Tenants", "Remote-Scope", "Remote-Impersonator", "Remote-Session", "Gatehouse-Assertion",
}

local credentials = { "Authorization", "Proxy-Authorization", "authToken" }

-- Fields of one leg, or about a body that is not sent along.
local left_out = {
    ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true,
    ["upgrade"] = true, ["http2-settings"] = true, ["content-length"] = true, ["content-type"] = true, ["expect"] = true, ["host"] = true, ["date"] = true, ["server"] = true,
}

local forged = { "remote-", "x-remote-", "x-forwarded-", "x-auth-request-", "x-gatehouse-", "gatehouse-", "x-original-", "x-rewrite-url", "x-real-ip" }

-- Who calls, and what for, is nobody's to say but Gatehouse's and Apache's: in every spelling.
local function is_forged(name)
    local read = name:lower():gsub("_", "-")
    if read == "forwarded" then
        return true
    end
    for _, prefix in ipairs(forged) do
        if read:sub(1, #prefix) == prefix then
            return true
        end
    end
    return false
end

local function ask(r)
    local headers = {}
    for name, value in pairs(r:headers_in_table()) do
        if not left_out[name:lower()] then
            headers[name] = value
        end
    end
    headers["Connection"] = "close"

    -- The target as it stands in the request line: what is asked about is what is sent on.
    headers["X-Forwarded-Method"] = r.method
    headers["X-Forwarded-Uri"] = r.unparsed_uri
    local body = {}
    local done, status, fields = http.request { url = gatehouse .. "/auth/check", method = "GET", headers = headers, sink = ltn12.sink.table(body), redirect = false }
    return done and status or 503, done and fields or { ["retry-after"] = "5" }, table.concat(body)
end

local function refuse(r, status, fields, body)
    r.status = status
    for name, value in pairs(fields) do
        if name == "content-type" then
            r.content_type = value
        elseif not left_out[name] and not is_forged(name) then
            r.err_headers_out[name] = value
        end
    end
    r:write(body)
    return apache2.DONE
end

function check(r)
    for name in pairs(r:headers_in_table()) do
        if is_forged(name) then
            r.headers_in[name] = nil
        end
    end
    r.headers_in["X-Forwarded-For"] = r.useragent_ip
    r.headers_in["X-Forwarded-Proto"] = r.is_https and "https" or "http"
    r.headers_in["X-Forwarded-Host"] = r.headers_in["Host"]

    local own = "proxy:" .. gatehouse .. "/"
    if r.filename:sub(1, #own) == own then
        return apache2.OK
    end

    local status, fields, body = ask(r)
    if status < 200 or status > 299 then
        return refuse(r, status, fields, body)
    end

    for _, name in ipairs(identity) do
        r.headers_in[name] = fields[name:lower()]
    end
    for _, name in ipairs(credentials) do
        r.headers_in[name] = nil
    end
    return apache2.OK
end
