//go:build unix

package service_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance/internal/service"
)

// waitLimit limits how long a test waits for anything.
const waitLimit = 30 * time.Second

// launchScript starts a shell script as a service and returns its first line of
// output.
func launchScript(t *testing.T, script string) (service.Service, string) {
	t.Helper()
	started, err := service.Command("sh", "-c", script)(t.Context(), service.Launch{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(started.Kill)
	var line string
	await(t, "the first line of its output", func() (ok bool) {
		line, _, ok = strings.Cut(started.Output(), "\n")
		return ok
	})
	return started, line
}

// await waits until done returns true. what names the expected thing in the failure.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(waitLimit)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("got no %s in %v", what, waitLimit)
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// TestCommandLeavesNoTemporaryFiles checks that the temporary files of a program are
// removed, whether it is stopped or killed.
func TestCommandLeavesNoTemporaryFiles(t *testing.T) {
	endings := map[string]func(service.Service){
		"killed": service.Service.Kill,
		"stopped": func(s service.Service) {
			ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
			defer cancel()
			_ = s.Stop(ctx) // SIGTERM ends the program, which does not handle it
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			shared := t.TempDir()
			t.Setenv("TMPDIR", shared)
			started, file := launchScript(t, `mktemp; exec sleep 600`)
			if !exists(file) || filepath.Dir(filepath.Dir(file)) != shared {
				t.Fatalf("got the temporary file %q, want one in a folder of the service's own in %s", file, shared)
			}
			end(started)
			checkEmpty(t, shared)
		})
	}
}

func TestCommandThatCannotStartLeavesNoTemporaryFiles(t *testing.T) {
	shared := t.TempDir()
	t.Setenv("TMPDIR", shared)
	if _, err := service.Command("/nowhere/program")(t.Context(), service.Launch{}); err == nil {
		t.Fatal("got no error")
	}
	checkEmpty(t, shared)
}

// TestCommandReachesSuiteWithoutProxy checks that a program connects to the suite directly, even
// if the environment of the suite names a proxy. Python's gRPC, for example, uses such a proxy
// for 127.0.0.1 too, unless NO_PROXY has that address.
func TestCommandReachesSuiteWithoutProxy(t *testing.T) {
	const loopback = "127.0.0.1,::1,localhost"
	tests := []struct {
		name                   string
		upperCase, lowerCase   string // values of NO_PROXY and no_proxy; "" if the variable is not set
		wantUpper, wantLower   string
		grpcOnly, wantGRPCOnly string // values of no_grpc_proxy
	}{
		{"no exceptions", "", "", loopback, loopback, "", ""},
		{"in upper case", "example.com", "", "example.com," + loopback, "example.com," + loopback, "", ""},
		{"in lower case", "", "example.com", "example.com," + loopback, "example.com," + loopback, "", ""},
		{"in both", "example.com", "example.org", "example.com," + loopback, "example.org," + loopback, "", ""},
		{"for gRPC", "", "", loopback, loopback, "example.net", "example.net," + loopback},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("HTTP_PROXY", "http://proxy.example.com:3128")
			for name, value := range map[string]string{"NO_PROXY": test.upperCase, "no_proxy": test.lowerCase, "no_grpc_proxy": test.grpcOnly} {
				t.Setenv(name, value) // restores the variable after the test
				if value == "" {
					if err := os.Unsetenv(name); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, got := launchScript(t, `echo "$NO_PROXY $no_proxy $no_grpc_proxy"; exec sleep 600`)
			if want := test.wantUpper + " " + test.wantLower + " " + test.wantGRPCOnly; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// checkEmpty checks that the directory is empty.
func checkEmpty(t *testing.T, folder string) {
	t.Helper()
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("got %v %v, want nothing left behind", entries, err)
	}
}

// TestCommandLeavesNoProcesses checks that processes that a program leaves running are
// killed, whether the program exits, is stopped or is killed.
func TestCommandLeavesNoProcesses(t *testing.T) {
	t.Parallel()
	endings := map[string]struct {
		script string
		end    func(service.Service)
	}{
		"killed": {`sleep 600 & echo $!; exec sleep 600`, service.Service.Kill},
		"stopped": {`sleep 600 & echo $!; exec sleep 600`, func(s service.Service) {
			ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
			defer cancel()
			_ = s.Stop(ctx)
		}},
		"ended by itself":           {`sleep 600 & echo $!`, func(s service.Service) { <-s.Ended() }},
		"deaf to the call to end":   {`trap '' TERM; sleep 600 & echo $!; while :; do sleep 1; done`, stopThenKill},
		"the child is deaf as well": {`trap '' TERM; (sleep 600) & echo $!; wait`, stopThenKill},
	}
	for name, test := range endings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started, line := launchScript(t, test.script)
			child, err := strconv.Atoi(line)
			if err != nil {
				t.Fatal(err)
			}
			test.end(started)
			await(t, "end of the process that the service has started", func() bool { return !isRunning(child) })
		})
	}
}

// TestCommandWithLeftoverProcessHasNotFailed checks that Stop returns no error if a program
// exits with status 0, but a process that it started is still running and keeps the
// program's output open.
func TestCommandWithLeftoverProcessHasNotFailed(t *testing.T) {
	t.Parallel() // like the tests around it: they mostly wait for processes to end
	started, _ := launchScript(t, `trap 'kill $second; exit 0' TERM; sleep 600 & echo $!; sleep 600 & second=$!; wait $second`)
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if err := started.Stop(ctx); err != nil {
		t.Errorf("got %v, want no error of a program with exit status 0", err)
	}
}

// stopThenKill sends SIGTERM to a service that ignores the signal, and then kills the
// service, as the suite does.
func stopThenKill(s service.Service) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if err := s.Stop(ctx); err == nil {
		panic("a service that is deaf has ended")
	}
	s.Kill()
}

// isRunning reports whether a process is running. A process that has ended may remain as
// a zombie if the machine's init does not reap it.
func isRunning(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true // the system is not Linux
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

// TestCommandEndedBySIGTERMHasNotFailed checks that Stop returns no error if a program ends
// because of SIGTERM. A shell or a Java virtual machine then exits with the status 143.
// Other programs have no exit status, since the signal ends them.
func TestCommandEndedBySIGTERMHasNotFailed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		well         bool
	}{
		{"by the signal", `echo ready; exec sleep 600`, true},
		{"with 0", `trap 'exit 0' TERM; echo ready; sleep 600 & wait $!`, true},
		{"with 143", `trap 'exit 143' TERM; echo ready; sleep 600 & wait $!`, true},
		{"with 1", `trap 'exit 1' TERM; echo ready; sleep 600 & wait $!`, false},
		{"by another signal", `trap 'kill -KILL $$' TERM; echo ready; sleep 600 & wait $!`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			started, _ := launchScript(t, test.script)
			ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
			defer cancel()
			if err := started.Stop(ctx); (err == nil) != test.well {
				t.Errorf("got %v, want an error: %t", err, !test.well)
			}
		})
	}
}

// TestDetailsHaveEndOfService checks that the text for errors says how a service ended,
// even if the service printed nothing that explains it.
func TestDetailsHaveEndOfService(t *testing.T) {
	t.Parallel()
	const pid = `echo $$; `
	tests := []struct{ name, script, want string }{
		{"killed", pid + `kill -KILL $$`, "; it ended: signal: killed; it printed:\n"},
		{"exited", pid + `exit 3`, "; it ended: exit status 3; it printed:\n"},
		{"running", pid + `exec sleep 600`, "; it printed:\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			started, printed := launchScript(t, test.script)
			i := &service.Instance{Service: started}
			if test.name != "running" {
				<-started.Ended()
			}
			if got := i.Details(); got != test.want+printed {
				t.Errorf("got %q, want %q", got, test.want+printed)
			}
		})
	}
}
