package main

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// fakeModule returns a module in the directory dir. requires are the directories of the
// modules that it requires.
func fakeModule(t *testing.T, dir string, published bool, requires ...string) module {
	t.Helper()
	text := "module " + modulePrefix + "/" + dir + "\n"
	for _, other := range requires {
		text += "require " + modulePrefix + "/" + other + " v0.0.0\n"
	}
	mod, err := modfile.Parse(dir+"/go.mod", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return module{dir: dir, published: published, mod: mod}
}

func TestSortByRequirements(t *testing.T) {
	for _, test := range []struct {
		name    string
		modules []module
		want    []string
		err     string
	}{
		{
			name: "what is required comes first",
			modules: []module{
				fakeModule(t, "fiberotel/fiber3", true, "core", "fiberotel"),
				fakeModule(t, "compare", false, "fiberotel/fiber3"),
				fakeModule(t, "fiberotel", true, "core"),
				fakeModule(t, "core", true),
			},
			want: []string{"core", "fiberotel", "fiberotel/fiber3"},
		},
		{
			name:    "two that require each other",
			modules: []module{fakeModule(t, "c", true, "a"), fakeModule(t, "a", true, "b"), fakeModule(t, "b", true, "a")},
			want:    []string{"b", "a", "c"},
		},
		{
			name:    "one that is not published",
			modules: []module{fakeModule(t, "a", true, "b"), fakeModule(t, "b", false)},
			err:     "a requires " + modulePrefix + "/b, which is not published",
		},
		{
			name:    "one that does not exist",
			modules: []module{fakeModule(t, "a", true, "b")},
			err:     "a requires " + modulePrefix + "/b, which is not a module of this repository",
		},
		{name: "nothing", err: ".ci/published lists no module"},
	} {
		t.Run(test.name, func(t *testing.T) {
			order, err := sortByRequirements(test.modules)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got %v, want an error with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, m := range order {
				got = append(got, m.dir)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
