import Contract
import Server

/// The completion script for fish: one `complete` for each possible word.
enum FishCompletion {
  static var script: String {
    let commands = Command.allCases.map { command in
      line("-n __roster_begins -a \(command.rawValue)", command.type.description.summary)
    }
    let options = Option.general.map { line("-n __roster_begins \(names($0))", $0.help) }
    return """
      # fish completion for roster \(rosterVersion), made by: roster completions fish

      function __roster_begins
          test (count (commandline -opc)) -eq 1
      end

      # Whether the command is $argv[1]. Of the words after it that are not options, the first is
      # $argv[2], and their number is $argv[3]; an empty $argv[2] matches any word.
      function __roster_at
          set -l words (commandline -opc)
          test "$words[2]" = $argv[1]; or return 1
          set -l operands
          set -l isValue 0
          for word in $words[3..]
              if test $isValue -eq 1
                  set isValue 0
              else if string match -qr -- '^-.' $word
                  contains -- $word $__roster_switches; or string match -q -- '*=*' $word
                  or set isValue 1
              else
                  set -a operands $word
              end
          end
          test -z "$argv[2]"; or test "$operands[1]" = $argv[2]; or return 1
          test -z "$argv[3]"; or test (count $operands) -eq $argv[3]
      end

      # Adds another word to those with commas between them.
      function __roster_list
          set -l token (string replace -r -- '^--[^=]*=' '' (commandline -ct))
          set -l before (string match -r -- '^.*,' $token)
          printf '%s\\n' "$before"$argv
      end

      # Paths after a prefix, for each two words of $argv: the prefix, and file or folder.
      function __roster_prefixed
          set -l token (string replace -r -- '^--[^=]*=' '' (commandline -ct))
          for at in (seq 1 2 (count $argv))
              set -l prefix $argv[$at]
              set -l rest (string replace -- $prefix '' $token)
              if not string match -q -- "$prefix*" $token
                  echo $prefix
              else if test $argv[(math $at + 1)] = folder
                  printf '%s\\n' $prefix(__fish_complete_directories $rest)
              else
                  printf '%s\\n' $prefix(__fish_complete_path $rest)
              end
          end
      end

      set -g __roster_switches \(switches.joined(separator: " "))

      complete -c roster -e
      complete -c roster -f
      \((commands + options + Command.allCases.flatMap(lines)).joined(separator: "\n"))

      """
  }

  private static var switches: [String] {
    Option.all.filter { $0.values == nil }.flatMap(\.names)
  }

  private static func lines(of command: Command) -> [String] {
    let description = command.type.description
    let words = description.forms.compactMap(\.word).map { word in
      line("-n '__roster_at \(command.rawValue) \"\" 0' -a \(word)", "")
    }
    let operands = description.forms.flatMap { form in
      form.operands.enumerated().compactMap { at, operand -> String? in
        let count = (form.word == nil ? 0 : 1) + at
        let condition = "-n '__roster_at \(command.rawValue) \"\(form.word ?? "")\" \(count)'"
        let values = arguments(operand.values)
        return values.isEmpty ? nil : line("\(condition) \(values)", "")
      }
    }
    let options = Option.listed(for: command).flatMap { option in
      let forms = option.forms.isEmpty ? [""] : option.forms
      return forms.map { form in
        let condition = "-n '__roster_at \(command.rawValue)\(form.isEmpty ? "" : " \(form)")'"
        let values =
          option.values.map { $0.path == .file ? " -r -F" : " -x " + arguments($0) } ?? ""
        return line("\(condition) \(names(option))\(values)", option.help)
      }
    }
    return words + operands + options
  }

  private static func line(_ words: String, _ help: String) -> String {
    "complete -c roster \(words)" + (help.isEmpty ? "" : " -d \(quoted(help))")
  }

  private static func names(_ option: Option) -> String {
    option.names.map { name in
      name.behind("--").map { "-l \($0)" } ?? "-s \(name.behind("-") ?? name)"
    }.joined(separator: " ")
  }

  private static func arguments(_ values: Values) -> String {
    let offered = values.offered.joined(separator: " ")
    switch values {
    case .text: return ""
    case .file: return "-F"
    case .folder: return "-a '(__fish_complete_directories)'"
    case .words, .suggestions: return "-a '\(offered)'"
    case .list: return "-a '(__roster_list \(offered))'"
    case .store, .mailer:
      let prefixes = values.prefixedPaths.map { "\($0.prefix) \($0.path)" }.joined(separator: " ")
      return "-a '\(offered) (__roster_prefixed \(prefixes))'"
    }
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.replacingScalar("\\", by: "\\\\").replacingScalar("'", by: "\\'") + "'"
  }
}
