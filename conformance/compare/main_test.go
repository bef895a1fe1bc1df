package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/conformance/otlptest"
)

// commandVariable is the environment variable that makes the test binary run as the
// command itself. Signals and exit statuses are therefore those of a real process.
//
// Its name does not begin with SAMESPAN_, since the suite removes such variables.
const commandVariable = "COMPARE_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(commandVariable) != "" {
		if len(os.Args) == 3 && slices.Contains([]string{garbageProgram, silentProgram, wrongProgram}, os.Args[1]) {
			fmt.Fprintln(os.Stderr, runInvalidProgram(os.Args[1], os.Args[2]))
			os.Exit(1)
		}
		main()
		return
	}
	status := m.Run()
	removeSamespan()
	os.Exit(status)
}

// waitTimeout limits how long a test waits for anything.
const waitTimeout = 30 * time.Second

// process is the command compare, running as a separate process.
type process struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// startProcess starts the command compare with args. env is added to its environment.
func startProcess(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), waitTimeout)
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, os.Args[0], args...)}
	p.Env = append(append(os.Environ(), commandVariable+"=1"), env...)
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestServeFlushesAtSIGTERM(t *testing.T) {
	const requests, clients = 200, 8
	for _, s := range subject.All {
		t.Run(s.Name, func(t *testing.T) {
			collector := otlptest.Start(t)
			addr, err := conformance.FreeAddress()
			if err != nil {
				t.Fatal(err)
			}
			p := startProcess(t, append(collector.Env(), "SAMESPAN_ADDR="+addr), "serve", s.Name)
			line, err := p.stdout.ReadString('\n')
			if err != nil || !strings.Contains(line, addr) {
				t.Fatalf("got %q, %v; want the address: %s", line, err, p.stderr.String())
			}
			var group sync.WaitGroup
			for range clients {
				group.Go(func() {
					for range requests / clients {
						response, err := http.Get("http://" + addr + "/process/1")
						if err != nil {
							t.Error(err)
							return
						}
						_, _ = io.Copy(io.Discard, response.Body)
						_ = response.Body.Close()
					}
				})
			}
			group.Wait()
			if err := p.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("the process ended with %v: %s", err, p.stderr.String())
			}
			snapshot := collector.Snapshot()
			if got := len(snapshot.SpansNamed("GET " + s.Process)); got != requests {
				t.Errorf("got %d server spans, want %d", got, requests)
			}
			if got := len(snapshot.SpansNamed("process_item_logic")); got != requests {
				t.Errorf("got %d children, want %d", got, requests)
			}
		})
	}
}

func TestBadInputIsRefusedAtStart(t *testing.T) {
	tests := []struct {
		env  string
		want []string
	}{
		{"OTEL_GO_EXCLUDED_URLS=~(", []string{"OTEL_GO_EXCLUDED_URLS", "~("}},
		{"OTEL_GO_FIBER_EXCLUDED_URLS=/a?b", []string{"OTEL_GO_FIBER_EXCLUDED_URLS", "/a?b"}},
		{"OTEL_TRACES_EXPORTER=jaeger", []string{"OTEL_TRACES_EXPORTER", "jaeger"}},
		{"OTEL_TRACES_SAMPLER=sometimes", []string{"OTEL_TRACES_SAMPLER", "sometimes"}},
		{"OTEL_PROPAGATORS=pigeon", []string{"OTEL_PROPAGATORS", "pigeon"}},
		{"OTEL_EXPORTER_OTLP_ENDPOINT=://", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "://"}},
		{"OTEL_EXPORTER_OTLP_PROTOCOL=smoke", []string{"OTEL_EXPORTER_OTLP_PROTOCOL", "smoke"}},
		{"OTEL_BSP_MAX_QUEUE_SIZE=many", []string{"OTEL_BSP_MAX_QUEUE_SIZE", "many"}},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE=/nowhere.pem", []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere.pem"}},
	}
	for _, test := range tests {
		t.Run(test.env, func(t *testing.T) {
			p := startProcess(t, []string{test.env}, "serve", "nethttpotel", "--addr", "127.0.0.1:0")
			if err := p.Wait(); err == nil {
				t.Error("the process ended well")
			}
			for _, want := range test.want {
				if !strings.Contains(p.stderr.String(), want) {
					t.Errorf("got %q, want it to name %s", p.stderr.String(), want)
				}
			}
		})
	}
}

func TestHelpAndListAreComplete(t *testing.T) {
	var out bytes.Buffer
	if err := tool.Run(t.Context(), []string{"help"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, c := range tool.Commands {
		if !strings.Contains(out.String(), c.Usage) {
			t.Errorf("the usage does not show %q:\n%s", c.Usage, out.String())
		}
	}
	out.Reset()
	if err := tool.Run(t.Context(), []string{"list"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, s := range subject.Compared() {
		if !strings.Contains(out.String(), s.Name) {
			t.Errorf("the list does not show %s:\n%s", s.Name, out.String())
		}
	}
	for _, c := range conformance.Checks() {
		if !strings.Contains(out.String(), c.ID+" ("+string(c.Level)+")\n    "+c.Rule+"\n    "+c.Source) {
			t.Errorf("the list does not show %s with rule and source", c.ID)
		}
	}
	for _, args := range [][]string{{"nothing"}, {"serve"}, {"serve", "nobody"}, {"demo", "loud"}, {"list", "all"}} {
		if err := tool.Run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%q was accepted", fmt.Sprint(args))
		}
	}
}
