-- HAProxy: asks roster about a request, by the variables txn.roster_url and txn.roster_proto. Sets
-- txn.roster_status, txn.roster_location, and the headers that say who is logged in.

local identity = {
  "remote-user", "remote-name", "remote-email", "remote-groups", "roster-user-id", "roster-role",
}
-- What is of the connection or of the body, or must come from here.
local not_passed = {
  ["connection"] = true, ["content-length"] = true, ["content-type"] = true, ["expect"] = true,
  ["host"] = true, ["keep-alive"] = true, ["te"] = true, ["trailer"] = true,
  ["transfer-encoding"] = true, ["upgrade"] = true,
}

local function values(list)
  local copy = {}
  local i = 0
  while list[i] do
    copy[#copy + 1] = list[i]
    i = i + 1
  end
  return copy
end

-- The cookies without that of all applications, under either of its names.
local function without_forward_cookie(line)
  local kept = {}
  for pair in line:gmatch("[^;]+") do
    local name = pair:match("^%s*([^=]-)%s*=")
    if name ~= "__Secure-roster-forward" and name ~= "roster-forward" then
      kept[#kept + 1] = pair:match("^%s*(.-)%s*$")
    end
  end
  return table.concat(kept, "; ")
end

core.register_action("roster", { "http-req" }, function(txn)
  txn:set_var("txn.roster_status", 500)
  txn:set_var("txn.roster_location", "")
  local sent = txn.http:req_get_headers()
  local headers = {}
  for name, list in pairs(sent) do
    if not not_passed[name] then
      headers[name] = values(list)
    end
  end
  headers["host"] = { "roster" }
  headers["x-forwarded-method"] = { txn.sf:method() }
  headers["x-forwarded-proto"] = { txn:get_var("txn.roster_proto") }
  headers["x-forwarded-host"] = { sent["host"] and sent["host"][0] or "" }
  headers["x-forwarded-uri"] = { txn.sf:pathq() }
  if sent["upgrade"] then
    headers["x-requested-with"] = { "upgrade" }
  end
  local answer = core.httpclient():get {
    url = txn:get_var("txn.roster_url"), headers = headers, timeout = 5000,
  }
  if not answer or not answer.headers then
    return
  end
  local who = {}
  if answer.status == 200 then
    for _, name in ipairs(identity) do
      local value = answer.headers[name] and answer.headers[name][0]
      if not value or value == "" then
        return
      end
      who[name] = value
    end
  end
  for name, value in pairs(who) do
    txn.http:req_set_header(name, value)
  end
  if sent["cookie"] then
    local kept = without_forward_cookie(table.concat(values(sent["cookie"]), "; "))
    txn.http:req_del_header("cookie")
    if kept ~= "" then
      txn.http:req_set_header("cookie", kept)
    end
  end
  local location = answer.headers["location"]
  if location then
    txn:set_var("txn.roster_location", location[0])
  end
  txn:set_var("txn.roster_status", answer.status)
end, 0)
