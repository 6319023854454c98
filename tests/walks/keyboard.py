"""Somebody who works with the keyboard alone: no pointer, one stop after the other, and at each stop they see where they are."""

from axe_playwright_python.sync_playwright import Axe

STOP = """target => {
    const at = document.activeElement;
    if (!at || at === document.body) return {place: "body"};
    const ringed = each => { const style = getComputedStyle(each);
        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2; };
    const shown = ringed(at) ? at : at.closest("label");
    const box = (shown || at).getBoundingClientRect();
    const x = Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 1);
    const above = [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2].filter(y => y > 0 && y < innerHeight);
    const over = above.map(y => document.elementFromPoint(x, y));
    const clear = over.some(one => one && (one === at || (shown || at).contains(one) || one.contains(at)));
    return {
        here: at === target,
        sibling: at.type === "radio" && target.type === "radio" && at.name === target.name && at.form === target.form,
        ringed: Boolean(shown && ringed(shown)), clear,
        place: at.outerHTML.slice(0, 140),
    };
}"""
MOST_STOPS = 400
SPILLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
WAYS = {"200 % zoom": (640, "ltr"), "a telephone": (360, "ltr"), "right to left": (1280, "rtl"), "both": (360, "rtl")}


class Keyboard:
    """Hands on the keys of one page."""

    def __init__(self, page, *, script=True):
        self.page, self.script = page, script

    def skip_to_content(self):
        """Leave the frame out, as somebody does who knows the page: the first stop leads to the content."""
        self.page.keyboard.press("Tab")
        assert self.page.evaluate("document.activeElement.className") == "skip", "the first stop is the way past the frame"
        self.page.keyboard.press("Enter")

    def is_at(self, selector):
        """Say whether the focus comes to an element that a page puts it on."""
        self.page.wait_for_selector(f"{selector}:focus")
        return True

    def reach(self, locator):
        """Go on with Tab until the focus stands on an element, or on another answer to the same question."""
        target = locator.element_handle()
        at = self.page.evaluate(STOP, target)
        if at["place"] == "body":
            self.skip_to_content()
        rounds = 0
        for _stop in range(MOST_STOPS):
            if at.get("here") or at.get("sibling"):
                return target
            self.page.keyboard.press("Tab")
            at = self.page.evaluate(STOP, target)
            rounds += at["place"] == "body"
            assert rounds < 2, f"the keyboard does not reach {locator}"
            assert at["place"] == "body" or at["ringed"], f"nothing shows that the focus is on {at['place']}"
            assert at["place"] == "body" or at["clear"], f"something covers {at['place']}"
        raise AssertionError(f"the keyboard is caught before {locator}")

    def press(self, locator):
        """Follow a link or press a button, and wait for the page that comes."""
        self.reach(locator)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, locator, words):
        """Write into a field, instead of what it holds."""
        self.reach(locator)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(str(words))

    def choose(self, locator):
        """Choose an answer: space takes the first, arrows lead to the others."""
        target = self.reach(locator)
        for _answer in range(12):
            if target.is_checked():
                return
            here = self.page.evaluate("target => document.activeElement === target", target)
            self.page.keyboard.press("Space" if here else "ArrowDown")
        raise AssertionError(f"the keyboard does not choose {locator}")

    def pick(self, locator, value):
        """Pick from a list with the arrows."""
        target = self.reach(locator)
        for _line in range(300):
            if target.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the list does not offer {value}")

    def button(self, name):
        """Press a button of the content by its name."""
        self.press(self.page.locator("main").get_by_role("button", name=name, exact=isinstance(name, str)).first)

    def link(self, name):
        """Follow a link of the content by its name."""
        self.press(self.page.locator("main").get_by_role("link", name=name).first)

    def tab(self, name):
        """Follow one of the record's parts by its name."""
        self.press(self.page.locator("nav.tabs").get_by_role("link", name=name, exact=True))

    def named(self, name, value=None):
        """Return a field by its name, or one of its answers."""
        return self.page.locator(f"[name='{name}']" if value is None else f"[name='{name}'][value='{value}']")


def faults(page, *, script=True):
    """Return what is wrong with how a page is read: accessibility, and what spills over narrow, zoomed or right to left.

    The look for accessibility is a script itself; the same markup is looked at where script runs.
    """
    every = _violations(page) if script else []
    found = [(one["id"], [node["html"][:160] for node in one["nodes"]][:3]) for one in every]
    before = page.viewport_size
    for name, (width, direction) in WAYS.items():
        page.evaluate(f"document.documentElement.dir = '{direction}'")
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate(SPILLS):
            found.append(("spills over", name))
    page.evaluate("document.documentElement.dir = 'ltr'")
    page.set_viewport_size(before)
    return found


def _violations(page):
    return Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
