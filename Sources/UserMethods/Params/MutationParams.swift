internal import Contract

/// Params of a method that changes something.
protocol MutationParams: Params {
  var options: MutationOptions { get }
}
