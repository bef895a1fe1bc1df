//go:build browser

package browser_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/internal/report/page"
)

// screenshotFolder is the directory of the screenshots, which git ignores.
const screenshotFolder = "../../../../bin/screenshots"

// browserPage is a page in headless Chromium, with the errors that the browser reports.
type browserPage struct {
	t   *testing.T
	ctx context.Context
	url string

	mu            sync.Mutex
	browserErrors []string
}

// openPage writes the page for the reports to disk and opens it. When the test ends, it
// fails if the browser has reported an error.
func openPage(t *testing.T, reports []conformance.Report, width, height int64) *browserPage {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(page.Write(out, reports), out.Close()); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.UserDataDir(t.TempDir()),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	b := &browserPage{t: t, ctx: ctx, url: "file://" + file}
	if err := chromedp.Listen(ctx, b.recordError); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	sendCommand(b, log.Enable, cdp.Empty{})
	sendCommand(b, network.Enable, network.EnableParams{})
	sendCommand(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
	b.setColorScheme("light")
	b.run(chromedp.Navigate(b.url))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, message := range b.browserErrors {
			t.Errorf("the browser reports: %s", message)
		}
	})
	return b
}

// recordError records an event that the page must not cause: an exception, a message in the
// console, or a request to a URL that is not a file.
func (b *browserPage) recordError(event any) {
	var message string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		message = "exception: " + e.ExceptionDetails.Text
	case *runtime.EventConsoleAPICalled:
		message = fmt.Sprintf("console.%s", e.Type)
	case *log.EventEntryAdded:
		message = fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, "file://") && e.Request.URL != "about:blank" {
			message = "it asks the network for " + e.Request.URL
		}
	}
	if message != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.browserErrors = append(b.browserErrors, message)
	}
}

// sendCommand sends a command of the DevTools protocol.
func sendCommand[P, R any](b *browserPage, c cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
}

// setColorScheme makes the browser report to pages that the user prefers the color scheme
// ("light" or "dark") and reduced motion.
func (b *browserPage) setColorScheme(scheme string) {
	b.t.Helper()
	sendCommand(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// run runs actions, such as navigation, in the browser.
func (b *browserPage) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// reopen opens the page again. hash is the fragment of its URL, with the leading "#", or "".
func (b *browserPage) reopen(hash string) {
	b.t.Helper()
	b.run(chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+hash))
}

// evaluate evaluates a JavaScript expression in the page.
func evaluate[T any](b *browserPage, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wantValue checks the value of a JavaScript expression. The parameter what describes the
// value in errors.
func wantValue[T comparable](b *browserPage, what, expression string, want T) {
	b.t.Helper()
	if got := evaluate[T](b, expression); got != want {
		b.t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// click clicks on the element that the CSS selector selects.
func (b *browserPage) click(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("click on %s: %v", selector, err)
	}
}

// press presses the keys one after the other.
func (b *browserPage) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.run(chromedp.KeyEvent(key))
	}
}

// screenshot saves a screenshot in screenshotFolder. name is the file's name without the
// extension.
func (b *browserPage) screenshot(name string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if len(picture) < 10_000 {
		b.t.Errorf("the screenshot %s has %d bytes: there is nothing to see", name, len(picture))
	}
	if err := errors.Join(os.MkdirAll(screenshotFolder, 0o755), os.WriteFile(filepath.Join(screenshotFolder, name+".png"), picture, 0o644)); err != nil {
		b.t.Fatal(err)
	}
}
