/// A program that starts Roster, and whose configuration is known.
enum Host: String, CaseIterable {
  case claude, cursor, vscode, codex, neovim, emacs

  /// Whether `${NAME}` means something in its configuration.
  var replacesVariables: Bool {
    switch self {
    case .claude, .cursor, .vscode: true
    case .codex, .neovim, .emacs: false
    }
  }

  /// What belongs into its configuration.
  func snippet(_ command: HostCommand) -> String {
    switch self {
    case .claude, .cursor: json("mcpServers", command)
    case .vscode: json("servers", command, type: "stdio")
    case .codex:
      """
      [mcp_servers.roster]
      command = \(Quoting.toml.literal(command.program))
      args = [\(list(command.arguments, .toml, ", "))]
      """
    case .neovim: lua(command)
    case .emacs: elisp(command)
    }
  }

  /// Where that goes, for people.
  func place(_ command: HostCommand) -> String {
    switch self {
    case .claude:
      """
      Claude Desktop: put this into claude_desktop_config.json (Settings, Developer, Edit Config).
      Claude Code: claude mcp add roster -- \(list(command.words, .shell, " "))
      """
    case .cursor: "Put this into ~/.cursor/mcp.json, or into .cursor/mcp.json of a project."
    case .vscode: "Put this into .vscode/mcp.json of a folder."
    case .codex: "Put this into ~/.codex/config.toml."
    case .neovim:
      """
      Save this as ~/.config/nvim/lua/roster.lua; then require("roster").start() starts Roster and \
      gives a client of vim.lsp.rpc.
      """
    case .emacs:
      """
      Put this into your init file; then (roster-connect) starts Roster and gives a connection for \
      jsonrpc-request.
      """
    }
  }

  private func list(_ words: [String], _ quoting: Quoting, _ separator: String) -> String {
    words.map(quoting.literal).joined(separator: separator)
  }

  private func json(_ key: StaticString, _ command: HostCommand, type: String? = nil) -> String {
    let type = type.map { "\n      \"type\": \(Quoting.json.literal($0))," } ?? ""
    return """
      {
        "\(key)": {
          "roster": {\(type)
            "command": \(Quoting.json.literal(command.program)),
            "args": [\(list(command.arguments, .json, ", "))]
          }
        }
      }
      """
  }

  // The functions are those of examples/roster.lua and examples/roster.el.

  private func lua(_ command: HostCommand) -> String {
    """
    local roster = {}

    roster.command = { \(list(command.words, .lua, ", ")) }

    -- Starts Roster and returns a client: client.request(method, params, callback).
    -- dispatchers.notification(method, params) is called for what Roster tells by itself.
    function roster.start(dispatchers)
      -- Neovim 0.10 and later take the program and its arguments as one list.
      if vim.fn.has("nvim-0.10") == 1 then
        return vim.lsp.rpc.start(roster.command, dispatchers)
      end
      local program, arguments = roster.command[1], vim.list_slice(roster.command, 2)
      return vim.lsp.rpc.start(program, arguments, dispatchers)
    end

    return roster
    """
  }

  private func elisp(_ command: HostCommand) -> String {
    """
    (require 'jsonrpc)

    (defvar roster-command
      '(\(list(command.words, .elisp, "\n    ")))
      "Roster and its arguments.")

    (defun roster-connect (&optional on-notification)
      "Start Roster and return a connection for `jsonrpc-request'.
    ON-NOTIFICATION is called with the connection, a method and its
    params for what Roster tells by itself."
      ;; Connections of one name would share their buffers.
      (let ((name (symbol-name (gensym "roster-"))))
        (make-instance
         'jsonrpc-process-connection
         :name name
         :notification-dispatcher (or on-notification #'ignore)
         :process (make-process
                   :name name :command roster-command :noquery t
                   :connection-type 'pipe :coding 'utf-8-emacs-unix
                   :stderr (get-buffer-create (format "*%s stderr*" name))))))
    """
  }
}
