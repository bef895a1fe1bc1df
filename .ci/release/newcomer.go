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

// newcomer is a user who follows the README with one framework.
type newcomer struct {
	consumer
	tutorial
	program
	// app is the folder of the README's application.
	app string
	// at is the address of the application.
	at string
}

// install runs the README's commands up to the program, and saves the program.
func (c consumer) install(ctx context.Context, t tutorial, p program) (newcomer, error) {
	t, p = t.atPort(p, c.port)
	n := newcomer{consumer: c, tutorial: t, program: p, at: net.JoinHostPort("localhost", strconv.Itoa(c.port))}
	folder, err := c.folder(p.name())
	if err != nil {
		return newcomer{}, err
	}
	said, err := shell(ctx, folder, c.env, t.installFor(p)+"\npwd")
	if err != nil {
		return newcomer{}, err
	}
	lines := strings.Split(said, "\n")
	n.app = lines[len(lines)-1]
	return n, os.WriteFile(filepath.Join(n.app, "main.go"), []byte(p.source), 0o600)
}

// anyTrace matches the beginning of a printed trace.
var anyTrace = regexp.MustCompile(`(?m)^trace `)

// seesTheSpans starts the program as in the README, sends the requests and
// checks the output.
func (n newcomer) seesTheSpans(ctx context.Context) error {
	server, child, err := n.spans(n.program)
	if err != nil {
		return err
	}
	app, err := n.launch(ctx, nil, "sh", "-c", n.start)
	if err != nil {
		return err
	}
	defer app.kill()
	if err := n.request(ctx, app); err != nil {
		return err
	}
	// Ctrl-C in the terminal. The exit status of go run says nothing about the
	// program; arrives checks that.
	_ = app.end(syscall.SIGINT)
	tree := regexp.MustCompile(`(?m)^trace [0-9a-f]{32} · orders · 2 spans · .*\n` +
		regexp.QuoteMeta(server) + ` +SERVER .* 200\n└─ ` + regexp.QuoteMeta(child) + ` +INTERNAL `)
	said := app.said.String()
	if len(anyTrace.FindAllString(said, -1)) != 1 || !tree.MatchString(said) {
		return fmt.Errorf("%s: want one trace, of %q and %q below it, printed; got\n%s", strings.TrimSpace(n.start), server, child, said)
	}
	return nil
}

// arrives builds the program, lets it export to a collector, sends the requests
// and stops it with SIGTERM, as in production.
func (n newcomer) arrives(ctx context.Context) error {
	server, child, err := n.spans(n.program)
	if err != nil {
		return err
	}
	collector, err := otlptest.NewServer()
	if err != nil {
		return err
	}
	defer func() { _ = collector.Close() }()
	if _, err := n.run(ctx, n.app, "build", "-o", "orders", "."); err != nil {
		return err
	}
	app, err := n.launch(ctx, collector.Env(), "./orders")
	if err != nil {
		return err
	}
	defer app.kill()
	if err := n.request(ctx, app); err != nil {
		return err
	}
	if err := app.end(syscall.SIGTERM); err != nil {
		return fmt.Errorf("after SIGTERM: %w, want exit status 0\n%s", err, app.said.String())
	}
	return n.checkSpans(collector.Spans(), server, child)
}

// request sends the README's requests when the program answers.
func (n newcomer) request(ctx context.Context, app *application) error {
	if err := app.listens(ctx, n.at); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	answer, err := n.ask(ctx)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, app.said.String())
	}
	// The item, the health check, and in the metrics the two spans of the item.
	for _, want := range []string{`"item_id":"12345"`, "ok\n", `"Ended":2,`} {
		if !strings.Contains(answer, want) {
			return fmt.Errorf("%s: got %s, want %s in it", strings.TrimSpace(n.requests), answer, want)
		}
	}
	return nil
}

// ask runs the curl commands, or sends the requests itself if there is no curl.
func (n newcomer) ask(ctx context.Context) (string, error) {
	if _, err := exec.LookPath("curl"); err == nil {
		return shell(ctx, n.app, nil, n.requests)
	}
	var answers strings.Builder
	for line := range strings.Lines(n.requests) {
		url, isCurl := strings.CutPrefix(strings.TrimSpace(line), "curl ")
		if !isCurl {
			return "", fmt.Errorf("%q: want curl and an address", line)
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
