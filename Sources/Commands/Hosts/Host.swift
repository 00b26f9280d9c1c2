/// A program that starts Roster, and whose configuration format is known.
enum Host: String, CaseIterable {
  case claude, cursor, vscode, codex, zed, windsurf, gemini, cline, opencode, `continue`, jetbrains
  case neovim, emacs

  /// Other names of hosts.
  static let aliases: [String: Host] = ["claude-code": .claude, "claude-desktop": .claude]

  /// The placeholders that the host replaces everywhere in its configuration, and how each begins.
  /// No such host has a way to escape them.
  var replaced: (shown: String, marks: [String])? {
    switch self {
    case .claude, .cursor, .vscode, .windsurf, .cline: ("${…}", ["${"])
    case .gemini: ("$NAME and ${…}", ["$"])
    case .opencode: ("{env:…} and {file:…}", ["{env:", "{file:"])
    case .continue: ("${{…}}", ["${{"])
    case .codex, .zed, .jetbrains, .neovim, .emacs: nil
    }
  }

  /// The text for the host's configuration.
  func snippet(_ command: HostCommand) -> String {
    switch self {
    case .claude, .cursor, .windsurf, .gemini, .cline, .jetbrains: json("mcpServers", command)
    case .zed: json("context_servers", command)
    case .vscode: json("servers", command, type: "stdio")
    case .opencode: openCode(command)
    case .continue: yaml(command)
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

  /// Instructions for people: where the text belongs.
  var location: String {
    switch self {
    case .claude:
      """
      Claude Desktop: put this into claude_desktop_config.json (Settings, Developer, Edit Config).
      Claude Code: put it into .mcp.json of a project, or run the command below.
      """
    case .cursor: "Put this into ~/.cursor/mcp.json, or into .cursor/mcp.json of a project."
    case .vscode: "Put this into .vscode/mcp.json of a folder, or run the command below."
    case .codex: "Put this into ~/.codex/config.toml, or run the command below."
    case .zed: "Add this to ~/.config/zed/settings.json."
    case .windsurf:
      """
      Put this into ~/.codeium/windsurf/mcp_config.json; where Windsurf is Devin Desktop, into \
      ~/.config/devin/mcp_config.json.
      """
    case .gemini: "Put this into ~/.gemini/settings.json, or run the command below."
    case .cline:
      """
      Put this into cline_mcp_settings.json (MCP Servers, Configure, Configure MCP Servers), or run \
      the command below.
      """
    case .opencode:
      "Put this into ~/.config/opencode/opencode.json, or into opencode.json of a project."
    case .continue:
      """
      Save this as ~/.continue/mcpServers/roster.yaml, or as .continue/mcpServers/roster.yaml of a \
      folder.
      """
    case .jetbrains:
      """
      AI Assistant: paste this (Settings, Tools, AI Assistant, Model Context Protocol, Add).
      Junie: put it into ~/.junie/mcp/mcp.json, or into .junie/mcp/mcp.json of a project.
      """
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

  /// The command that configures the host without an editor; nil if the host has none.
  func oneLine(_ command: HostCommand) -> String? {
    let words = list(command.words, .shell, " ")
    switch self {
    case .claude: return "claude mcp add roster -- \(words)"
    case .codex: return "codex mcp add roster -- \(words)"
    case .cline: return "cline mcp install roster --yes -- \(words)"
    case .gemini:
      // Options of gemini end after the program.
      let program = Quoting.shell.literal(command.program)
      let arguments = list(command.arguments, .shell, " ")
      return "gemini mcp add --scope user roster \(program) -- \(arguments)"
    case .vscode:
      let server =
        "{\"name\":\"roster\",\"type\":\"stdio\","
        + "\"command\":\(Quoting.json.literal(command.program)),"
        + "\"args\":[\(list(command.arguments, .json, ","))]}"
      return "code --add-mcp \(Quoting.shell.literal(server))"
    case .cursor, .zed, .windsurf, .opencode, .continue, .jetbrains, .neovim, .emacs: return nil
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

  private func openCode(_ command: HostCommand) -> String {
    """
    {
      "$schema": "https://opencode.ai/config.json",
      "mcp": {
        "roster": {
          "type": "local",
          "command": [\(list(command.words, .json, ", "))],
          "enabled": true
        }
      }
    }
    """
  }

  private func yaml(_ command: HostCommand) -> String {
    """
    name: Roster
    version: 1.0.0
    schema: v1
    mcpServers:
      - name: roster
        type: stdio
        command: \(Quoting.yaml.literal(command.program))
        args: [\(list(command.arguments, .yaml, ", "))]
    """
  }

  // The functions are those of examples/roster.lua and examples/roster.el.

  private func lua(_ command: HostCommand) -> String {
    """
    local roster = {}

    roster.command = { \(list(command.words, .lua, ", ")) }

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
    params for each notification."
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
