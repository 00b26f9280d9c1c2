-- Needs only Neovim 0.7 or later, which contains vim.lsp.rpc. To run the demonstration:
--
--     ROSTER=.build/release/roster nvim --headless -u NONE \
--       -c "lua dofile('examples/roster.lua').demo()"
--
-- Its exit status is not 0 if a reply is wrong. `roster config neovim …` prints roster.command for
-- your own store, and roster.start as below.

local roster = {}

roster.command =
  { vim.env.ROSTER or "roster", "serve", "--store", "memory", "--as", "you@example.com" }

-- Starts Roster and returns a client: client.request(method, params, callback).
-- dispatchers.notification(method, params) is called for each notification.
function roster.start(dispatchers)
  -- Neovim 0.10 and later take the program and its arguments as one list.
  if vim.fn.has("nvim-0.10") == 1 then
    return vim.lsp.rpc.start(roster.command, dispatchers)
  end
  local program, arguments = roster.command[1], vim.list_slice(roster.command, 2)
  return vim.lsp.rpc.start(program, arguments, dispatchers)
end

-- Calls a method and waits for the reply. An error of the reply is raised unchanged: a table with
-- code, message and data.
function roster.call(client, method, params)
  local answer
  client.request(method, params or {}, function(refusal, result)
    answer = { refusal = refusal, result = result }
  end)
  vim.wait(10000, function()
    return answer ~= nil
  end, 5)
  if not answer then
    error("no answer to " .. method)
  end
  if answer.refusal then
    error(answer.refusal, 0)
  end
  return answer.result
end

local function say(...)
  io.stdout:write(string.format(...), "\n")
end

-- Creates, gets and lists users, and makes a call that is refused. null becomes nil.
local function try_out()
  local client = roster.start()
  local ada = { email = "ada@acme.example", name = "Ada Lovelace", org_id = "acme" }

  local user = roster.call(client, "users.create", ada)
  say("created %s, version %d", user.name, user.version)
  assert(user.status == "active")

  local params = { user_id = "ada@acme.example", fields = { "name", "is_blocked" } }
  user = roster.call(client, "users.get", params)
  say("got %s, who is %s", user.name, user.is_blocked and "blocked" or "not blocked")
  assert(user.name == "Ada Lovelace" and user.is_blocked == false)
  assert(roster.call(client, "users.get", { user_id = "nobody@acme.example" }) == nil)

  local page = roster.call(client, "users.list", { sort_by = "email", limit = 10 })
  local emails = {}
  for _, listed in ipairs(page.users) do
    table.insert(emails, listed.email)
  end
  say("listed %s", table.concat(emails, ", "))
  assert(vim.deep_equal(emails, { "ada@acme.example", "you@example.com" }))

  local created, refusal = pcall(roster.call, client, "users.create", ada)
  assert(not created, "Ada was created twice")
  say("refused with %d: %s", refusal.code, refusal.message)
  assert(refusal.code == 409 and refusal.data.reason == "email_taken")
end

-- Runs the demonstration and ends Neovim, with status 1 if a check failed.
function roster.demo()
  local ok, problem = pcall(try_out)
  if not ok then
    io.stderr:write(vim.inspect(problem), "\n")
  end
  vim.cmd(ok and "qall!" or "cquit 1")
end

return roster
