-- Neovim's own JSON-RPC client, told what to do. The module that `roster config neovim` has printed
-- is in lua/ of the present folder. play() does what steps.json says and writes what came of it into
-- outcomes.json, attach() does the same by way of the language server client; editors.py explains.

local editors = {}
local told = {}
local ended

vim.opt.rtp:append(vim.fn.getcwd())

local function await(condition)
  if not vim.wait(60000, condition, 5) then
    error("nothing came")
  end
end

local function note(method, params)
  table.insert(told, { method = method, params = params })
end

local function outcome_of(ask)
  local outcome
  ask(function(refusal, result)
    outcome = refusal and { error = refusal } or { result = result == nil and vim.NIL or result }
  end)
  await(function()
    return outcome
  end)
  return outcome
end

-- A step without params sends an empty table, as people write it.
local function params_of(step)
  return step.params == nil and {} or step.params
end

local deeds = {}

function deeds.request(client, step)
  return outcome_of(function(callback)
    client.request(step.method, params_of(step), callback)
  end)
end

function deeds.notify(client, step)
  client.notify(step.method, params_of(step))
  return vim.NIL
end

function deeds.await(_, step)
  await(function()
    return #told >= step.count
  end)
  return { told = told }
end

function deeds.run(_, step)
  vim.fn.system(step.words)
  return { status = vim.v.shell_error }
end

deeds["end"] = function()
  await(function()
    return ended
  end)
  return { status = ended }
end

-- Asks so many new clients so often each, all at once.
function deeds.crowd(_, step)
  local clients, results = {}, {}
  for _ = 1, step.connections do
    table.insert(clients, require("roster").start())
  end
  for _ = 1, step.requests do
    for _, client in ipairs(clients) do
      client.request(step.method, params_of(step), function(_, result)
        table.insert(results, result)
      end)
    end
  end
  await(function()
    return #results == step.connections * step.requests
  end)
  return { results = results }
end

-- stop() of a client of vim.lsp.
function deeds.stop(client)
  client.stop()
  return deeds["end"]()
end

local function on_exit(code, signal)
  ended = signal ~= 0 and -signal or code
end

local function do_all(client)
  local text = table.concat(vim.fn.readfile("steps.json"), "\n")
  local outcomes = {}
  for _, step in ipairs(vim.json.decode(text, { luanil = { object = true } })) do
    table.insert(outcomes, deeds[step["do"]](client, step))
  end
  vim.fn.writefile({ vim.json.encode(outcomes) }, "outcomes.json")
end

local function end_with(work)
  local ok, problem = pcall(work)
  if not ok then
    io.stderr:write(vim.inspect(problem), "\n")
  end
  vim.cmd(ok and "qall!" or "cquit 1")
end

function editors.play()
  end_with(function()
    do_all(require("roster").start({ notification = note, on_exit = on_exit }))
  end)
end

function editors.attach()
  end_with(function()
    local initialized
    local id = vim.lsp.start_client({
      cmd = require("roster").command,
      on_init = function()
        initialized = true
      end,
      on_exit = on_exit,
      handlers = {
        ["users.event"] = function(_, params)
          note("users.event", params)
        end,
      },
    })
    await(function()
      return initialized
    end)
    assert(vim.lsp.buf_attach_client(0, id), "it does not attach")
    do_all(vim.lsp.get_client_by_id(id))
  end)
end

-- Runs what the README or the page on hosts shows, and compares what is printed with what follows the
-- arrows, of which there are so many at least.
function editors.compare(path, count_min)
  end_with(function()
    local expected, printed = {}, {}
    for _, line in ipairs(vim.fn.readfile(path)) do
      table.insert(expected, line:match("%-%-> (.*)$"))
    end
    _G.print = function(...)
      table.insert(printed, table.concat(vim.tbl_map(tostring, { ... }), " "))
    end
    dofile(path)
    await(function()
      return #printed >= #expected
    end)
    assert(#expected >= count_min and vim.deep_equal(printed, expected), vim.inspect(printed))
  end)
end

return editors
