import Foundation
import TestSupport
import Testing
import Users

@testable import Mail

/// Signals are per process, so each of these tests runs in its own process.
@Suite struct SignalTests {
  @Test("Signals that interrupt system calls do not change the outcome") func interrupted() async {
    await #expect(processExitsWith: .success) {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in }
      sigaction(SIGALRM, &action, nil)
      // Tests run on threads that block signals, and a timer would interrupt another one.
      var alarm = sigset_t()
      sigemptyset(&alarm)
      sigaddset(&alarm, SIGALRM)
      pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
      let thread = pthread_self()
      Thread.detachNewThread {
        while true {
          pthread_kill(thread, SIGALRM)
          usleep(500)
        }
      }
      let folder = try TemporaryFolder()
      let mailer = try mailer("sleep 0.3; cat >$1/out", in: folder)
      #expect(mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
      #expect(text(try folder.bytes("out")).hasSuffix(".\n"))
      let slow = try Mailer("sendmail:sleep 60", from: nil, link: nil)
      #expect(slow?.deliver(letter(), msMax: 300, isStopping: { false }) == false)
      let start = ContinuousClock.now
      let files = try #require(try Mailer("dir:\(folder.path)", from: nil, link: nil))
      for _ in 0..<20 { #expect(files.deliver(letter(), msMax: 10_000, isStopping: { false })) }
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test("No zombie remains, and exit statuses are known even if SIGCHLD was ignored") func zombies()
    async
  {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      let folder = try TemporaryFolder()
      for (script, isDelivered) in [
        ("cat >/dev/null", true), ("exit 1", false), ("exec sleep 60", false),
      ] {
        let mailer = try mailer(script, in: folder)
        #expect(mailer.deliver(letter(), msMax: 300, isStopping: { false }) == isDelivered)
        #expect(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
      }
      var action = sigaction()
      sigaction(SIGCHLD, nil, &action)
      #expect(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1)
    }
  }

  @Test("A child process that outlives its deadline is reaped at the next letter") func leftovers()
    async
  {
    await #expect(processExitsWith: .success) {
      var pid: pid_t = 0
      var words = [strdup("sleep"), strdup("0.3"), nil]
      #expect(posix_spawn(&pid, "/bin/sleep", nil, nil, &words, nil) == 0)
      ChildProcess(pid: pid).reap(msMax: 50)
      #expect(kill(pid, 0) == 0)
      usleep(500_000)
      let folder = try TemporaryFolder()
      #expect(
        try mailer("exit 0", in: folder).deliver(letter(), msMax: 10_000, isStopping: { false }))
      #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }
  }

  @Test("A program starts as from a shell, and its environment and arguments hold no secret")
  func fresh() async {
    await #expect(processExitsWith: .success) {
      // A child would inherit these: a descriptor, ignored signals and a blocked one.
      #expect(open("/dev/null", O_RDONLY) > STDERR_FILENO)
      signal(SIGPIPE, SIG_IGN)
      signal(SIGUSR1, SIG_IGN)
      signal(SIGALRM) { _ in }
      var mask = sigset_t()
      sigemptyset(&mask)
      sigaddset(&mask, SIGTERM)
      sigprocmask(SIG_BLOCK, &mask, nil)
      setenv("FOR_MAILERS", "yes", 1)
      let folder = try TemporaryFolder()
      let script = """
        exec 1>$1/out
        readlink /proc/$$/fd/0 | cut -d: -f1
        echo $FOR_MAILERS
        ls /proc/self/fd | tr '\\n' ' '
        [ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo own group
        cat /proc/$$/environ /proc/$$/cmdline >$1/told
        """
      #expect(
        try mailer(script, in: folder).deliver(letter(), msMax: 10_000, isStopping: { false }))
      #expect(
        text(try folder.bytes("out")) == """
          pipe
          yes
          0 1 2 3 own group

          """)
      #expect(!text(try folder.bytes("told")).contains(token))
      #expect(text(try folder.bytes("told")).contains("FOR_MAILERS"))
      // This runs without a shell, which would clear the mask.
      let command = "sendmail:cp /proc/self/status \(folder.path)"
      #expect(
        try Mailer(command, from: nil, link: nil)?.deliver(letter(), msMax: 10_000) { false }
          == true)
      let status = text(try folder.bytes("status")).split(separator: "\n")
      let blocked = status.first { $0.hasPrefix("SigBlk:") }
      #expect(blocked?.hasSuffix("\t0000000000000000") == true)
      // Signals 1 to 28: glibc keeps 32 and 33 for itself.
      let ignored = status.first { $0.hasPrefix("SigIgn:") }
      #expect(ignored?.hasSuffix("0000000") == true)
    }
  }

  @Test("The program's standard output is dropped, and its standard error is passed on")
  func silence() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let folder = try TemporaryFolder()
      let mailer = try mailer("echo spoken; echo told >&2; exit 1", in: folder)
      #expect(!mailer.deliver(letter(), msMax: 10_000, isStopping: { false }))
    }
    #expect(result.map { text($0.standardOutputContent).contains("spoken") } == false)
    #expect(result.map { text($0.standardErrorContent).contains("told") } == true)
    #expect(result.map { text($0.standardErrorContent).contains(token) } == false)
  }
}
