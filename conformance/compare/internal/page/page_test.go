package page_test

import (
	"os"
	"testing"

	"github.com/samespan/samespan/conformance/compare/internal/page"
)

func TestDev(t *testing.T) {
	f, err := os.Create(os.Getenv("OUT"))
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Write(f, synthetic()); err != nil {
		t.Fatal(err)
	}
}
