/* The one door to the library that draws: preact with htm, which needs neither build nor eval. */

import { Component, Fragment, createContext, h, render } from "../vendor/preact-11.2.0/preact.mjs";
import {
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/preact-11.2.0/hooks.mjs";
import htm from "../vendor/htm-3.1.1/htm.mjs";

export const html = htm.bind(h);

export {
  Component, Fragment, createContext, render,
  useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState,
};
