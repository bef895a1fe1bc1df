package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/samespan/samespan/conformance/otlptest"
)

// tutorialRun runs the commands of the README's quick start with one framework.
type tutorialRun struct {
	consumer
	tutorial
	program
	// appDir is the folder of the README's application.
	appDir string
	// address is the address of the application.
	address string
}

// createApplication runs the README's commands that precede the program, and writes the
// program's source to a file. The returned tutorialRun runs the later commands.
func (c consumer) createApplication(ctx context.Context, t tutorial, p program) (tutorialRun, error) {
	t, p = t.withPort(p, c.port)
	n := tutorialRun{consumer: c, tutorial: t, program: p, address: net.JoinHostPort("localhost", strconv.Itoa(c.port))}
	folder, err := c.makeDir(p.name())
	if err != nil {
		return tutorialRun{}, err
	}
	printed, err := shell(ctx, folder, c.env, t.installCommands(p)+"\npwd")
	if err != nil {
		return tutorialRun{}, err
	}
	lines := strings.Split(printed, "\n")
	n.appDir = lines[len(lines)-1]
	return n, os.WriteFile(filepath.Join(n.appDir, "main.go"), []byte(p.source), 0o600)
}

// traceLinePattern matches the first line of a printed trace.
var traceLinePattern = regexp.MustCompile(`(?m)^trace `)

// checkConsoleOutput starts the program as in the README, sends the requests and
// checks the output.
func (n tutorialRun) checkConsoleOutput(ctx context.Context) error {
	server, child, err := n.spanNames(n.program)
	if err != nil {
		return err
	}
	app, err := n.launch(ctx, nil, "sh", "-c", n.startScript)
	if err != nil {
		return err
	}
	defer app.kill()
	if err := n.sendRequests(ctx, app); err != nil {
		return err
	}
	// Stop the program as Ctrl-C does in a terminal. Ignore the error, which has the exit
	// status of go run. checkExport checks the exit status of the program itself.
	_ = app.stop(syscall.SIGINT)
	tree := regexp.MustCompile(`(?m)^trace [0-9a-f]{32} · orders · 2 spans · .*\n` +
		regexp.QuoteMeta(server) + ` +SERVER .* 200\n└─ ` + regexp.QuoteMeta(child) + ` +INTERNAL `)
	printed := app.output.String()
	if len(traceLinePattern.FindAllString(printed, -1)) != 1 || !tree.MatchString(printed) {
		return fmt.Errorf("%s: want one trace in the output, of the span %q with the child %q; got\n%s", strings.TrimSpace(n.startScript), server, child, printed)
	}
	return nil
}

// checkExport builds the program, lets it export to a collector, sends the requests
// and stops it with SIGTERM, as in production.
func (n tutorialRun) checkExport(ctx context.Context) error {
	server, child, err := n.spanNames(n.program)
	if err != nil {
		return err
	}
	collector, err := otlptest.NewServer()
	if err != nil {
		return err
	}
	defer func() { _ = collector.Close() }()
	if _, err := n.runGo(ctx, n.appDir, "build", "-o", "orders", "."); err != nil {
		return err
	}
	app, err := n.launch(ctx, collector.Env(), "./orders")
	if err != nil {
		return err
	}
	defer app.kill()
	if err := n.sendRequests(ctx, app); err != nil {
		return err
	}
	if err := app.stop(syscall.SIGTERM); err != nil {
		return fmt.Errorf("exit after SIGTERM: got %w, want exit status 0\n%s", err, app.output.String())
	}
	return n.checkSpans(collector.Spans(), server, child)
}

// sendRequests waits until the program accepts connections, sends the README's requests,
// and checks the responses.
func (n tutorialRun) sendRequests(ctx context.Context, app *runningApp) error {
	if err := app.awaitListening(ctx, n.address); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	answer, err := n.runRequests(ctx)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, app.output.String())
	}
	// Check for the responses to all three requests: an item, the health check, and the
	// metrics, which count two ended spans.
	for _, want := range []string{`"item_id":"12345"`, "ok\n", `"Ended":2,`} {
		if !strings.Contains(answer, want) {
			return fmt.Errorf("%s: got the responses %s, want them to contain %s", strings.TrimSpace(n.requestScript), answer, want)
		}
	}
	return nil
}

// runRequests runs the curl commands, or sends the requests itself if there is no curl.
func (n tutorialRun) runRequests(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("curl"); err == nil {
		return shell(ctx, n.appDir, nil, n.requestScript)
	}
	var answers strings.Builder
	for line := range strings.Lines(n.requestScript) {
		url, isCurl := strings.CutPrefix(strings.TrimSpace(line), "curl ")
		if !isCurl {
			return "", fmt.Errorf("got the command %q, want curl and a URL", line)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return "", err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return "", err
		}
		err = response.Write(&answers)
		response.Body.Close()
		if err != nil {
			return "", err
		}
	}
	return answers.String(), nil
}
