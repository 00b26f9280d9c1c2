import Foundation
import TestSupport
import Testing
import Users

@testable import Mail

/// Signals belong to a process, and so each of these tests has one of its own.
@Suite struct SignalTests {
  @Test("Timers that interrupt every call change nothing") func interrupted() async {
    await #expect(processExitsWith: .success) {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in }
      sigaction(SIGALRM, &action, nil)
      let interval = timeval(tv_sec: 0, tv_usec: 500)
      var timer = itimerval(it_interval: interval, it_value: interval)
      setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
      let folder = try TemporaryFolder()
      let mailer = try mailer("sleep 0.3; cat >$1/out", in: folder)
      #expect(mailer.deliver(letter(), isStopping: { false }))
      #expect(text(try folder.bytes("out")).hasSuffix(".\n"))
      let slow = try Mailer("sendmail:sleep 60", from: nil, link: nil, msMax: 300)
      #expect(slow?.deliver(letter(), isStopping: { false }) == false)
      let start = ContinuousClock.now
      let files = try #require(try Mailer("dir:\(folder.path)", from: nil, link: nil))
      for _ in 0..<20 { #expect(files.deliver(letter(), isStopping: { false })) }
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test("No zombie remains, and ends are learned of where they were ignored") func zombies() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      let folder = try TemporaryFolder()
      for (script, isDelivered) in [
        ("cat >/dev/null", true), ("exit 1", false), ("exec sleep 60", false),
      ] {
        let mailer = try mailer(script, in: folder, msMax: 300)
        #expect(mailer.deliver(letter(), isStopping: { false }) == isDelivered)
        #expect(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
      }
      var action = sigaction()
      sigaction(SIGCHLD, nil, &action)
      #expect(unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1)
    }
  }

  @Test("A child that does not even die is reaped by the next letter") func leftovers() async {
    await #expect(processExitsWith: .success) {
      var pid: pid_t = 0
      var words = [strdup("sleep"), strdup("0.3"), nil]
      #expect(posix_spawn(&pid, "/bin/sleep", nil, nil, &words, nil) == 0)
      Child(pid: pid).reap(msMax: 50)
      #expect(kill(pid, 0) == 0)
      usleep(500_000)
      let folder = try TemporaryFolder()
      #expect(try mailer("exit 0", in: folder).deliver(letter(), isStopping: { false }))
      #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }
  }

  @Test("A program starts as a shell would start it, and learns no secret but by its input")
  func fresh() async {
    await #expect(processExitsWith: .success) {
      // What a child would inherit: a descriptor, ignored and blocked signals.
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
        grep SigBlk /proc/self/status
        # Signals 1 to 28: glibc has 32 and 33 to itself.
        grep SigIgn /proc/self/status | sed 's/\\t.*\\(.\\{7\\}\\)$/ \\1/'
        [ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo own group
        cat /proc/$$/environ /proc/$$/cmdline >$1/told
        """
      #expect(try mailer(script, in: folder).deliver(letter(), isStopping: { false }))
      #expect(
        text(try folder.bytes("out")) == """
          pipe
          yes
          0 1 2 3 SigBlk:\t0000000000000000
          SigIgn: 0000000
          own group

          """)
      #expect(!text(try folder.bytes("told")).contains(token))
      #expect(text(try folder.bytes("told")).contains("FOR_MAILERS"))
    }
  }

  @Test("Output of the program goes nowhere") func silence() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      let folder = try TemporaryFolder()
      let mailer = try mailer("echo spoken; echo told >&2; exit 1", in: folder)
      #expect(!mailer.deliver(letter(), isStopping: { false }))
    }
    #expect(result.map { text($0.standardOutputContent).contains("spoken") } == false)
    #expect(result.map { text($0.standardErrorContent).contains("told") } == true)
    #expect(result.map { text($0.standardErrorContent).contains(token) } == false)
  }
}
