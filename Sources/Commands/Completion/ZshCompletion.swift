import Contract
import Server

/// The completion script for zsh: a function for each command, which calls `_arguments`.
enum ZshCompletion {
  static var script: String {
    """
    #compdef roster
    # zsh completion for roster \(rosterVersion), made by: roster completions zsh

    # Paths after a prefix of their own, and other words: prefix kind … -- word …
    _roster_prefixed() {
      local -a prefixes
      while [[ $1 != -- ]]; do
        if compset -P $1; then
          if [[ $2 == folder ]]; then _files -/; else _files; fi
          return
        fi
        prefixes+=($1)
        shift 2
      done
      shift
      compadd -- "$@"
      compadd -S '' -- $prefixes
    }

    \(Command.allCases.map(function).joined(separator: "\n"))
    _roster() {
      local state line context
      local -A opt_args
      _arguments -C \(Option.general.map { exclusive($0) }.joined(separator: " ")) \\
        '1:command:->command' '*::word:->word'
      case $state in
        command)
          local -a commands=(
    \(Command.allCases.map { "        " + described($0) }.joined(separator: "\n"))
          )
          _describe command commands
          ;;
        word) (( $+functions[_roster_$words[1]] )) && _roster_$words[1] ;;
      esac
    }

    # Whether this file is sourced, or loaded when it is needed.
    if [[ $funcstack[1] == _roster ]]; then _roster "$@"; else compdef _roster roster; fi

    """
  }

  private static func described(_ command: Command) -> String {
    let summary = command.type.description.summary.replacingScalar(":", by: "\\:")
    return ShellWord.quoted("\(command.rawValue):\(summary)")
  }

  private static func function(of command: Command) -> String {
    let forms = command.type.description.forms
    let words = forms.compactMap(\.word)
    if words.isEmpty {
      return """
        _roster_\(command.rawValue)() {
          _arguments \\
            \(specifications(of: command, forms[0]))
        }

        """
    }
    let cases = forms.map { form in
      """
          \(form.word ?? ""))
            _arguments \\
              \(specifications(of: command, form))
            ;;
      """
    }
    return """
      _roster_\(command.rawValue)() {
        local state
        _arguments -C \\
          \(specifications(of: command, CommandForm())) \\
          '1:word:(\(words.joined(separator: " ")))' '*::operand:->operand'
        [[ $state == operand ]] || return
        case $words[1] in
      \(cases.joined(separator: "\n"))
        esac
      }

      """
  }

  private static func specifications(of command: Command, _ form: CommandForm) -> String {
    let options = Option.listed(for: command, form: form.word).flatMap(specifications)
    let operands = form.operands.enumerated().map { at, operand in
      let position = operand.isRepeated ? "*" : "\(at + 1)"
      let message = operand.help[0].form.replacingScalar(":", by: "\\:")
      return ShellWord.quoted("\(position):\(message):\(action(operand.values))")
    }
    return (options + operands).joined(separator: " \\\n      ")
  }

  private static func specifications(_ option: Option) -> [String] {
    guard case .value(let placeholder, let values, _) = option.effect else {
      return option.names.map { ShellWord.quoted("\($0)[\(escaped(option.help))]") }
    }
    let message = placeholder.replacingScalar(":", by: "\\:")
    return option.names.map { name in
      let start = values.isList ? "*" : ""
      return ShellWord.quoted(
        "\(start)\(name)=[\(escaped(option.help))]:\(message):\(action(values))")
    }
  }

  /// For an option that excludes all others.
  private static func exclusive(_ option: Option) -> String {
    option.names.map { ShellWord.quoted("(- *)\($0)[\(escaped(option.help))]") }
      .joined(separator: " ")
  }

  private static func escaped(_ text: String) -> String {
    ["\\", "[", "]"].reduce(text) { $0.replacingScalar($1, by: "\\\($1)") }
  }

  /// Without values the action is an empty list: a message alone would suppress options too. A
  /// space before a command keeps `_arguments` from adding words to it.
  private static func action(_ values: Values) -> String {
    let offered = values.offered.joined(separator: " ")
    switch values {
    case .text: return "( )"
    case .file: return "_files"
    case .folder: return "_files -/"
    case .words, .suggestions: return "(\(offered))"
    case .list: return " _values -s , entry \(offered)"
    case .store, .mailer:
      let prefixes = values.prefixedPaths.map { prefix, path in
        "\(prefix.replacingScalar(":", by: "\\:")) \(path)"
      }
      return " _roster_prefixed \(prefixes.joined(separator: " ")) -- \(offered)"
    }
  }
}
