@echo off
rem Made by stata-fleet. Double-click it: a window for each server opens the way over ssh, and then the page.
rem Leave the windows open while you work; close them when you are done.
setlocal
if not "%~1"=="" goto %~1
start "alice on econ1.lab.example" cmd /c ""%~f0" server1"
start "bob on econ1.lab.example" cmd /c ""%~f0" server2"
start "alice on econ2.lab.example" cmd /c ""%~f0" server3"
start "alice on teach.lab.example" cmd /c ""%~f0" server4"
exit /b 0

:server1
title alice on econ1.lab.example
where ssh >nul 2>nul || goto without
echo alice on econ1.lab.example: http://alice-econ1-lab-example.localhost:28238/
echo Leave this window open while you work.
start "" /b cmd /c "curl -s -o NUL --retry 150 --retry-delay 1 --retry-connrefused http://127.0.0.1:28238/api & start http://alice-econ1-lab-example.localhost:28238/"
:again1
ssh -N -T -o ExitOnForwardFailure=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -L localhost:28238:127.0.0.1:8888 alice@econ1.lab.example
echo The line dropped. It is opened again in 5 seconds; close this window to stop.
timeout /t 5 >nul
goto again1

:server2
title bob on econ1.lab.example
where ssh >nul 2>nul || goto without
echo bob on econ1.lab.example: http://bob-econ1-lab-example.localhost:24431/bob/
echo Leave this window open while you work.
start "" /b cmd /c "curl -s -o NUL --retry 150 --retry-delay 1 --retry-connrefused http://127.0.0.1:24431/bob/api & start http://bob-econ1-lab-example.localhost:24431/bob/"
:again2
ssh -N -T -o ExitOnForwardFailure=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -L localhost:24431:127.0.0.1:8889 bob@econ1.lab.example
echo The line dropped. It is opened again in 5 seconds; close this window to stop.
timeout /t 5 >nul
goto again2

:server3
title alice on econ2.lab.example
where ssh >nul 2>nul || goto without
echo alice on econ2.lab.example: http://alice-econ2-lab-example.localhost:20596/
echo Leave this window open while you work.
start "" /b cmd /c "curl -s -o NUL --retry 150 --retry-delay 1 --retry-connrefused http://127.0.0.1:20596/api & start http://alice-econ2-lab-example.localhost:20596/"
:again3
ssh -N -T -o ExitOnForwardFailure=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -L localhost:20596:/run/stata-fleet/alice.sock -p 2222 alice@econ2.lab.example
echo The line dropped. It is opened again in 5 seconds; close this window to stop.
timeout /t 5 >nul
goto again3

:server4
title alice on teach.lab.example
start "" https://192.0.2.7:8888/
exit /b 0

:without
echo This computer has no ssh. Add it under Settings, System, Optional features, OpenSSH Client.
pause
exit /b 1
