import Contract
import JSON
import Users

/// Prints each check at once for people, or all checks at the end for programs.
struct DoctorReport {
  let isJSON: Bool
  private var checks: [Check] = []

  init(isJSON: Bool) { self.isJSON = isJSON }

  private var failed: Int { checks.count { $0.status == .fail } }

  mutating func add(_ check: Check) {
    checks.append(check)
    if isJSON { return }
    Terminal.showProgress("")
    let word = check.status == .fail ? "FAIL" : check.status.rawValue
    Terminal.say(pad(word, 6) + pad(check.name, 13) + check.detail.showingControls())
    if let remedy = check.remedy { Terminal.say(pad("", 19) + remedy.showingControls()) }
    Terminal.showProgress("checking")
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  func end() throws {
    Terminal.showProgress("")
    if isJSON { Terminal.say(json) }
    if failed == 0 { return }
    throw CommandError(
      failed == 1 ? "1 check failed" : "\(failed) checks failed",
      "Follow the advice above and run roster doctor again.")
  }

  private var json: String {
    var out = ByteBuffer()
    out.append("{")
    out.field("ok")
    out.write(failed == 0)
    out.field("checks")
    out.append("[")
    for check in checks {
      out.element()
      out.append("{")
      let fields = [("name", check.name), ("status", check.status.rawValue)]
      for (name, text) in fields + [("detail", check.detail)] {
        out.field(name)
        out.write(text)
      }
      if let remedy = check.remedy {
        out.field("remedy")
        out.write(remedy)
      }
      out.append("}")
    }
    out.append("]}")
    return out.string
  }
}
