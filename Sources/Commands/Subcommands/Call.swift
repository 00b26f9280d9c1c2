import Contract
import JSON
import Server
import UserMethods
import Users

struct Call {
  let method: String
  let words: [String]

  func run<Store: UserStore>(on store: Store, _ options: Options) throws {
    var call = SingleCall(
      control: try options.control(for: store), store: store, deliver: try options.postman())
    let params = try ParamWords(method: method, fields: call.params(of: method)).json(words)
    var request = try CallRequest(method, params, isAll: options.isAll)
    try request.confirm(options)
    var printer = ResultPrinter(options.output, columns: request.fields, isAll: options.isAll)
    var (hasMore, failedCount, isCommitted) = (true, 0, true)
    while hasMore {
      hasMore = false
      try call.run(method, request.json) { result in
        printer.show(result)
        if options.isAll { hasMore = request.follow(result) }
        failedCount = result.field("results")?.elements.count { $0.field("error") != nil } ?? 0
        isCommitted = result.field("committed")?.bool != false || request.isDryRun
      }
    }
    printer.end()
    if failedCount == 0, isCommitted { return }
    let operations = failedCount == 1 ? "1 operation" : "\(failedCount) operations"
    throw CommandError(
      isCommitted ? "\(operations) failed" : "\(operations) failed, and nothing was committed",
      "Fix what the results say, and repeat \(isCommitted ? "those" : "all") operations.")
  }
}
