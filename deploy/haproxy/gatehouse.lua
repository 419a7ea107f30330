-- Asks Gatehouse whether a request may pass (http-request lua.gatehouse_check). Yes: sets txn.gatehouse and the identity
-- fields. No: answers what Gatehouse answered, status, fields and body. No answer: 503.

local check = "http://127.0.0.1:8008/auth/check"
local timeout = 15000

local identity = {
    "remote-user", "remote-dialect", "remote-tenant", "remote-tenants", "remote-scope", "remote-impersonator", "remote-session", "gatehouse-assertion",
}

-- Fields of one leg, or about a body that is not sent along.
local left_out = {
    ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true, ["transfer-encoding"] = true,
    ["upgrade"] = true, ["http2-settings"] = true, ["content-length"] = true, ["content-type"] = true, ["expect"] = true, ["host"] = true,
}

-- HAProxy counts some tables from 0.
local function list(values)
    local all = {}
    for i = 0, #values do
        if values[i] ~= nil then
            all[#all + 1] = values[i]
        end
    end
    return all
end

local function ask(txn)
    local headers = {}
    for name, values in pairs(txn.http:req_get_headers()) do
        if not left_out[name:lower()] then
            headers[name] = list(values)
        end
    end

    -- The target as it stands in the request line: what is asked about is what is sent on.
    headers["x-forwarded-method"] = { txn.f:method() }
    headers["x-forwarded-uri"] = { txn.f:pathq() }
    return core.httpclient():get { url = check, headers = headers, timeout = timeout }
end

local function refuse(txn, answer)
    local reply = txn:reply { status = answer.status, body = answer.body or "" }
    for name, values in pairs(answer.headers or {}) do
        if not left_out[name:lower()] or name:lower() == "content-type" then
            for _, value in ipairs(list(values)) do
                reply:add_header(name, value)
            end
        end
    end
    txn:done(reply)
end

core.register_action("gatehouse_check", { "http-req" }, function(txn)
    local asked, answer = pcall(ask, txn)
    if not asked or answer == nil or (answer.status or 0) < 200 then
        txn:done(txn:reply { status = 503, headers = { ["retry-after"] = { "5" }, ["cache-control"] = { "no-store" } } })
        return
    end

    if answer.status > 299 then
        refuse(txn, answer)
        return
    end

    for _, name in ipairs(identity) do
        txn.http:req_del_header(name)
        local values = answer.headers and answer.headers[name]
        if values then
            txn.http:req_set_header(name, list(values)[1])
        end
    end
    txn:set_var("txn.gatehouse", "yes")
end, 0)
